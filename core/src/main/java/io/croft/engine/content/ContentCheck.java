package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.search.Fields;
import io.croft.spi.Content;
import java.nio.charset.StandardCharsets;

/**
 * Refuses content that is over the limits of this process, or whose fields are not as they were declared. Immutable.
 */
public final class ContentCheck {

    private final int maxTextBytes;
    private final FieldIntake fields;

    /**
     * A check.
     *
     * @param maxTextBytes the longest text, in bytes of UTF-8
     * @param fields       the declared fields
     */
    public ContentCheck(int maxTextBytes, Fields fields) {
        this.maxTextBytes = maxTextBytes;
        this.fields = new FieldIntake(fields);
    }

    /**
     * Looks at text and fields.
     *
     * @throws InvalidInputException naming the content, what is wrong with it and what to do
     */
    public void check(Content content) {
        int bytes = content.text().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > maxTextBytes) {
            throw new InvalidInputException("\"" + content.id() + "\" has a text of " + bytes + " bytes; the most is "
                    + maxTextBytes + ": split it, or raise maxTextBytes on the builder");
        }
        fields.check(content, bytes);
    }
}
