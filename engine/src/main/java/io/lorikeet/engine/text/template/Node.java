package io.lorikeet.engine.text.template;

/** A part of a compiled template. */
sealed interface Node permits Expression, Statement, Target {}
