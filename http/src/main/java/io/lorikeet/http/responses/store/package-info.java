/**
 * What is remembered of responses: bounded in bytes and time, apart for every principal, fair
 * between them. Pure; time comes in as an argument. May import: http.json, Jackson.
 */
@NullMarked
package io.lorikeet.http.responses.store;

import org.jspecify.annotations.NullMarked;
