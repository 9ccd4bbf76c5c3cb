/**
 * Requests for responses: their fields under their own names, and the chat that they become. Pure.
 * May import: engine errors, http.json, Jackson.
 */
@NullMarked
package io.lorikeet.http.responses.request;

import org.jspecify.annotations.NullMarked;
