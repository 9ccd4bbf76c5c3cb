/**
 * The flags of LoRAX's launcher: which there are, what each means here, and what a command line
 * holds of them. May import: picocli, slf4j.
 */
@NullMarked
package io.lorikeet.cli.lorax;

import org.jspecify.annotations.NullMarked;
