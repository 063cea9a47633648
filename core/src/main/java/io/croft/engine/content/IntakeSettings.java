package io.croft.engine.content;

import io.croft.search.Fields;

/**
 * How content is taken in.
 *
 * @param maxTextBytes the longest text, in bytes of UTF-8
 * @param fields       the declared fields
 * @param afterPut     called after each put: there are jobs
 * @param afterDelete  called after each deletion: there are changes
 */
public record IntakeSettings(int maxTextBytes, Fields fields, Runnable afterPut, Runnable afterDelete) {
}
