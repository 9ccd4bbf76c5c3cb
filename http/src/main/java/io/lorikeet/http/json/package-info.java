/**
 * Reading request bodies with errors that name the field, and writing answers. May import: engine
 * errors, config, Jackson.
 */
@NullMarked
package io.lorikeet.http.json;

import org.jspecify.annotations.NullMarked;
