/** Holds what a server sends to its own OpenAPI description. May import: http.description. */
@NullMarked
package io.lorikeet.http.contract;

import org.jspecify.annotations.NullMarked;
