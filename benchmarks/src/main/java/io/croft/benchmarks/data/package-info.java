/** What is measured on: collections, vectors, embedders, histories of changes that follow from a seed. */
@NullMarked
package io.croft.benchmarks.data;

import org.jspecify.annotations.NullMarked;
