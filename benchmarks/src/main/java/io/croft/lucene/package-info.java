/** Measurements that reach into the index: it shows its vector search to nobody outside. */
@org.jspecify.annotations.NullMarked
package io.croft.lucene;
