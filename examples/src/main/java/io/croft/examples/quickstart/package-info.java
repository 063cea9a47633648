/** The first thing to run: three orgs, one marketplace, searches and jobs. */
@NullMarked
package io.croft.examples.quickstart;

import org.jspecify.annotations.NullMarked;
