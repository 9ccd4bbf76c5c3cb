/**
 * Function calls in the text of an answer: what models write for them, read as it comes. Pure. May
 * import: Jackson.
 */
@NullMarked
package io.lorikeet.engine.text.calls;

import org.jspecify.annotations.NullMarked;
