package io.croft.content;

import io.croft.InvalidInputException;
import io.croft.input.Ids;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** What a document and a listing may hold: the same for both, checked before anything is stored. */
final class ContentLimits {

    static final int MAX_TITLE_CHARS = 1024;
    static final int MAX_FIELDS = 64;
    static final int MAX_FIELD_VALUE_BYTES = 8 * 1024;
    static final int MAX_FIELDS_BYTES = 32 * 1024;

    private ContentLimits() {
    }

    static void check(String what, String id, String title, String text, Map<String, String> fields) {
        Ids.check(what, id);
        if (title.length() > MAX_TITLE_CHARS) {
            throw new InvalidInputException("title of " + what + " \"" + id + "\" has " + title.length()
                    + " characters; the most is " + MAX_TITLE_CHARS);
        }
        if (text.isBlank()) {
            throw new InvalidInputException(what + " \"" + id + "\" has no text: give some, or delete it instead");
        }
        checkUnicode(what + " \"" + id + "\": title", title);
        checkUnicode(what + " \"" + id + "\": text", text);
        if (fields.size() > MAX_FIELDS) {
            throw new InvalidInputException(what + " \"" + id + "\" has " + fields.size() + " fields; the most is "
                    + MAX_FIELDS);
        }
        int bytes = 0;
        for (Map.Entry<String, String> field : fields.entrySet()) {
            bytes += checkField(what, id, field.getKey(), field.getValue());
        }
        if (bytes > MAX_FIELDS_BYTES) {
            throw new InvalidInputException(what + " \"" + id + "\" has fields of " + bytes
                    + " bytes in all; the most is " + MAX_FIELDS_BYTES);
        }
    }

    /** Returns the bytes of name and value. */
    private static int checkField(String what, String id, String name, String value) {
        Ids.checkFieldName(what + " \"" + id + "\": a field name", name);
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_FIELD_VALUE_BYTES) {
            throw new InvalidInputException(what + " \"" + id + "\": field \"" + name + "\" has " + bytes
                    + " bytes; the most is " + MAX_FIELD_VALUE_BYTES);
        }
        checkUnicode(what + " \"" + id + "\": field \"" + name + "\"", value);
        return bytes + name.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The database holds neither the character U+0000 nor half a surrogate pair. */
    private static void checkUnicode(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                throw new InvalidInputException(what + " holds the character U+0000 at " + i + ": remove it");
            }
            if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c) && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1))) {
                    i++;
                } else {
                    throw new InvalidInputException(what + " holds half of a surrogate pair at " + i
                            + ": it is not valid Unicode; replace it");
                }
            }
        }
    }
}
