/**
 * Load on a running server, with Gatling: many users, many adapters, and the times of each stream.
 * Stands alone; knows the server only by its APIs and the demo model's golden answers.
 */
package io.lorikeet.load;
