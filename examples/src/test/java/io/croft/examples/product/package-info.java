/** The whole product, used as a host uses it: what it does with bad input and when a part of it is away. */
@NullMarked
package io.croft.examples.product;

import org.jspecify.annotations.NullMarked;
