package io.croft.engine.content;

/**
 * How content is taken in.
 *
 * @param maxTextBytes the longest text, in bytes of UTF-8
 * @param afterPut     called after each put: there are jobs
 * @param afterDelete  called after each deletion: there are changes
 */
public record IntakeSettings(int maxTextBytes, Runnable afterPut, Runnable afterDelete) {
}
