/**
 * Who may come in: API keys, roles, request rates and the web origins of pages. Pure but for the
 * counts of rates; time comes in as an argument. May import: {@code config}, {@code engine.error},
 * Pekko HTTP's model.
 */
@NullMarked
package io.lorikeet.http.access;

import org.jspecify.annotations.NullMarked;
