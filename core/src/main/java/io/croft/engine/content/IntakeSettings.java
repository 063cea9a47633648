package io.croft.engine.content;

/**
 * How content is taken in.
 *
 * @param check       refuses what cannot be stored
 * @param afterPut    called after each put: there are jobs
 * @param afterDelete called after each deletion: there are changes
 */
public record IntakeSettings(ContentCheck check, Runnable afterPut, Runnable afterDelete) {
}
