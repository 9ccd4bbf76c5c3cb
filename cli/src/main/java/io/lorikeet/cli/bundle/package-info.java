/**
 * Self-contained folders that run on machines without a JDK: a linked Java runtime, the jars with
 * the natives of one platform, a launcher. Knows nothing of what it packs. May import:
 * engine.error.
 */
@NullMarked
package io.lorikeet.cli.bundle;

import org.jspecify.annotations.NullMarked;
