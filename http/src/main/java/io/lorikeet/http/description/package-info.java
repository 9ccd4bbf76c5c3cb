/**
 * The OpenAPI description of every route, from the resources beside it. May import: http.exchange,
 * Jackson, Pekko.
 */
@NullMarked
package io.lorikeet.http.description;

import org.jspecify.annotations.NullMarked;
