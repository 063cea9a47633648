/**
 * One query over an organisation's private index and the shared marketplace, as one ranked list.
 */
@NullMarked
package io.croft.search;

import org.jspecify.annotations.NullMarked;
