/** Suites of Java clients against running servers. Imports nothing of the house. */
@NullMarked
package io.lorikeet.clients;

import org.jspecify.annotations.NullMarked;
