package io.croft.intake;

import io.croft.InvalidInputException;
import io.croft.content.Document;
import io.croft.content.Listing;
import io.croft.input.Ids;
import io.croft.job.JobKey;
import io.croft.search.Source;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What is said of a file that is to become a document or a listing. Immutable; each {@code with…} method returns a
 * changed copy.
 *
 * @param source the organisation's own documents, or the marketplace
 * @param id     of the document or listing, as {@link Document#id}; the same id replaces
 * @param name   of the file, as {@code report.pdf}: one line of up to {@value #MAX_NAME_CHARS} characters. Its ending
 *               helps to tell what is in it
 * @param type   what whoever sent it says that it is, as {@code application/pdf}; it need not be true
 * @param title  as {@link Document#title}; where it is empty, the title that the file gives itself, if it does
 * @param fields as {@link Document#fields}
 * @param groups as {@link Document#groups}; a listing has none
 * @param key    an idempotency key, as {@link JobKey#of}: repeated with it, the upload is not done again, whatever it
 *               says, for 30 days. Keys of uploads and of jobs are apart
 */
public record Upload(Source source, String id, String name, Optional<String> type, String title,
        Map<String, String> fields, Set<String> groups, Optional<String> key) {

    /** The longest name of a file. */
    public static final int MAX_NAME_CHARS = 255;
    /** The longest declared type. */
    public static final int MAX_TYPE_CHARS = 127;

    public Upload {
        Objects.requireNonNull(source, "source");
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
        groups = Set.copyOf(groups);
        switch (source) { // all but the text is as of any other
            case PRIVATE -> new Document(id, title, "-", fields, groups);
            case MARKETPLACE -> {
                new Listing(id, title, "-", fields);
                checkForEverybody(id, groups);
            }
        }
        checkLine("name of a file", name, MAX_NAME_CHARS);
        type.ifPresent(given -> checkLine("type of a file", given, MAX_TYPE_CHARS));
        key.ifPresent(JobKey::of);
    }

    /**
     * A file of a private document, without type, title, fields and key, for all of the organisation.
     *
     * @throws InvalidInputException if the id or the name is outside the limits
     */
    public static Upload document(String id, String name) {
        return new Upload(Source.PRIVATE, id, name, Optional.empty(), "", Map.of(), Set.of(), Optional.empty());
    }

    /**
     * A file of a listing, without type, title, fields and key.
     *
     * @throws InvalidInputException if the id or the name is outside the limits
     */
    public static Upload listing(String id, String name) {
        return new Upload(Source.MARKETPLACE, id, name, Optional.empty(), "", Map.of(), Set.of(), Optional.empty());
    }

    /** The same of this type. */
    public Upload withType(String type) {
        return new Upload(source, id, name, Optional.of(type), title, fields, groups, key);
    }

    /** The same with this title. */
    public Upload withTitle(String title) {
        return new Upload(source, id, name, type, title, fields, groups, key);
    }

    /** The same with this field added or replaced. */
    public Upload withField(String field, String value) {
        Map<String, String> more = new LinkedHashMap<>(fields);
        more.put(field, value);
        return new Upload(source, id, name, type, title, more, groups, key);
    }

    /**
     * The same for members of these groups alone, in place of the groups that it was for; for all of the organisation
     * if there are none. They hold from when the file has been read; of a document that is new, at once.
     *
     * @throws InvalidInputException if they are none that a document may have, or it is for a listing
     */
    public Upload withGroups(Collection<String> groups) {
        return new Upload(source, id, name, type, title, fields, Set.copyOf(groups), key);
    }

    /** The same with this idempotency key. */
    public Upload withKey(String key) {
        return new Upload(source, id, name, type, title, fields, groups, Optional.of(key));
    }

    static void checkForEverybody(String id, Set<String> groups) {
        if (!groups.isEmpty()) {
            throw new InvalidInputException("listing \"" + id + "\" is for groups: listings are for everybody");
        }
    }

    private static void checkLine(String what, String text, int most) {
        if (text.isBlank() || text.length() > most) {
            throw new InvalidInputException(what + " has " + text.length() + " characters and must have 1 to " + most
                    + ", not all blank");
        }
        Ids.checkLine(what, text);
    }

    /** Which document it is for, without names and values. */
    @Override
    public String toString() {
        return "Upload[source=" + source + ", id=" + id + ", fields=" + fields.keySet() + ", groups=" + groups + "]";
    }
}
