package io.croft.examples.quickstart;

import io.croft.Actor;
import io.croft.Croft;
import io.croft.InvalidInputException;
import io.croft.OrgId;
import io.croft.Role;
import io.croft.TenantContext;
import io.croft.content.Document;
import io.croft.content.WriteReceipt;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** The user's own texts: every .txt and .md file of a folder and its subfolders becomes a private document. */
final class OwnFolder {

    private static final int BATCH = 100;

    private final Croft croft;
    private final PrintStream out;
    private static final int MAX_BYTES = 1 << 20;

    private final TenantContext me = TenantContext.of(OrgId.named("my-folder"), Actor.user("demo", Role.ADMIN));

    OwnFolder(Croft croft, PrintStream out) {
        this.croft = croft;
        this.out = out;
    }

    /**
     * Reads the texts of a folder; says which files it leaves out.
     *
     * @throws InvalidInputException if it is no folder or has no text
     */
    static List<Document> read(Path folder, PrintStream out) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new InvalidInputException("croft.demo.folder: " + folder.toAbsolutePath() + " is not a folder");
        }
        List<Document> documents = new ArrayList<>();
        for (Path file : files(folder, out)) {
            try {
                if (Files.size(file) > MAX_BYTES) {
                    throw new InvalidInputException("it has more than " + MAX_BYTES + " bytes: split it");
                }
                Document read = Texts.document(file);
                String title = read.title().isEmpty() ? read.id() : read.title();
                documents.add(new Document(folder.relativize(file).toString(), title, read.text(), Map.of()));
            } catch (InvalidInputException | UncheckedIOException e) {
                out.println("  left out: " + file + ": " + e.getMessage());
            }
        }
        if (documents.isEmpty()) {
            throw new InvalidInputException("no .txt or .md file with text in " + folder.toAbsolutePath());
        }
        return documents;
    }

    void ingest(List<Document> documents) throws InterruptedException {
        croft.orgs().create(me);
        List<WriteReceipt> receipts = new ArrayList<>();
        for (int from = 0; from < documents.size(); from += BATCH) {
            receipts.addAll(croft.documents().putAll(me,
                    documents.subList(from, Math.min(documents.size(), from + BATCH))));
        }
        out.println(receipts.size() + " documents stored; the queue now cuts, embeds and indexes them:");
        new Ingestion(croft, out).await(List.of(new Ingestion.Written(me, receipts)));
        receipts.forEach(receipt -> Quickstart.waitFor(croft, me, receipt));
    }

    void ask(String question) {
        new Answers(croft, Map.of(me.org(), "You"), out).ask(me, question);
    }

    private static List<Path> files(Path folder, PrintStream out) throws IOException {
        List<Path> files = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && isText(file)) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                out.println("  left out: " + file + ": it cannot be read (" + e.getClass().getSimpleName() + ")");
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }

    private static boolean isText(Path file) {
        String name = Objects.requireNonNull(file.getFileName()).toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".txt") || name.endsWith(".md");
    }
}
