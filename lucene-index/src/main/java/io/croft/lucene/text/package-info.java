/**
 * Words: how texts and queries are taken apart, phrases, typos, and the snippets that show where the words are.
 * Internal.
 */
@NullMarked
package io.croft.lucene.text;

import org.jspecify.annotations.NullMarked;
