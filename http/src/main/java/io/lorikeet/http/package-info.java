/** Routes, SSE and the page. May import: actors, engine, config, Pekko HTTP. */
@NullMarked
package io.lorikeet.http;

import org.jspecify.annotations.NullMarked;
