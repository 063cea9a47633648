package io.croft.ingest.extract.child;

import java.nio.file.Path;

/** Reads files of one family of formats. */
interface FormatReader {

    /**
     * Writes the text of a file of a type.
     *
     * @throws StopException if reading ends with an outcome
     * @throws Exception     whatever else: the file is damaged
     */
    void read(Path file, String type, Reading reading) throws Exception;
}
