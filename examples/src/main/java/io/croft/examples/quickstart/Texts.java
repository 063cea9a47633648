package io.croft.examples.quickstart;

import io.croft.content.Document;
import io.croft.content.Listing;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Function;
import java.util.stream.Stream;

/** The demo's texts, which lie beside this class as Markdown files: one folder for each organisation. */
final class Texts {

    private Texts() {
    }

    /** The private documents of an organisation. */
    static List<Document> documents(String org) {
        return inFolder("private/" + org, Texts::document);
    }

    /** What an organisation publishes. */
    static List<Listing> listings(String org) {
        return inFolder("market/" + org, Texts::listing);
    }

    /** The questions, by key. */
    static Properties questions() {
        Properties questions = new Properties();
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(Texts.class.getResourceAsStream("questions.properties")),
                StandardCharsets.UTF_8)) {
            questions.load(reader);
            return questions;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A Markdown or text file as a document: a first line {@code # Title} is its title. */
    static Document document(Path file) {
        String text = read(file);
        String id = Objects.requireNonNull(file.getFileName()).toString();
        if (!text.startsWith("# ")) {
            return Document.text(id, text);
        }
        int end = text.indexOf('\n');
        return end < 0
                ? Document.text(id, text)
                : Document.text(id, text.substring(end + 1).strip()).withTitle(text.substring(2, end).strip());
    }

    /** A listing: below its title stand lines {@code name: value}, which become fields, up to the first empty line. */
    private static Listing listing(Path file) {
        Document document = document(file);
        int body = document.text().indexOf("\n\n");
        Listing listing = Listing.of(document.id(), document.text().substring(body).strip())
                .withTitle(document.title());
        for (String line : document.text().substring(0, body).lines().toList()) {
            int colon = line.indexOf(':');
            listing = listing.withField(line.substring(0, colon), line.substring(colon + 1).strip());
        }
        return listing;
    }

    private static <T> List<T> inFolder(String folder, Function<Path, T> read) {
        URL url = Objects.requireNonNull(Texts.class.getResource(folder), folder);
        try {
            URI uri = url.toURI();
            if (!uri.getScheme().equals("jar")) {
                return readAll(Path.of(uri), read);
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return readAll(jar.provider().getPath(uri), read);
            }
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> List<T> readAll(Path folder, Function<Path, T> read) throws IOException {
        List<T> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                all.add(read.apply(file));
            }
        }
        return all;
    }

    private static String read(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.UTF_8);
            String content = text.startsWith("\uFEFF") ? text.substring(1) : text; // a byte order mark is no text
            return content.replace("\r\n", "\n").strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file + " as UTF-8 text", e);
        }
    }
}
