package io.croft.ingest.extract;

import java.util.List;

/**
 * A real file and what must be found in it.
 *
 * @param name    its name
 * @param content its bytes
 * @param type    what it must be recognised as
 * @param phrases what its text must hold
 */
@SuppressWarnings("ArrayRecordComponent")
public record Sample(String name, byte[] content, String type, List<String> phrases) {

    Sample(String name, byte[] content, String type, String... phrases) {
        this(name, content, type, List.of(phrases));
    }

    @Override
    public String toString() {
        return name + " (" + content.length + " bytes)";
    }
}
