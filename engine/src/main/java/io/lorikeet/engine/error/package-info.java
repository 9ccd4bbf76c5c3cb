/** Stable error codes and the one exception type. May import: nothing of the project. */
@NullMarked
package io.lorikeet.engine.error;

import org.jspecify.annotations.NullMarked;
