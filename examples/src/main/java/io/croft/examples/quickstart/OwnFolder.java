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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The user's own texts: every .txt and .md file of a folder and its subfolders becomes a private document. */
final class OwnFolder {

    private static final int BATCH = 100;

    private final Croft croft;
    private final PrintStream out;
    private final TenantContext me = TenantContext.of(OrgId.named("my-folder"), Actor.user("demo", Role.MEMBER));

    OwnFolder(Croft croft, PrintStream out) {
        this.croft = croft;
        this.out = out;
    }

    void ingest(Path folder) throws InterruptedException {
        croft.orgs().create(me);
        List<Document> batch = new ArrayList<>();
        List<WriteReceipt> receipts = new ArrayList<>();
        for (Path file : files(folder)) {
            try {
                Document read = Texts.document(file);
                String title = read.title().isEmpty() ? read.id() : read.title();
                batch.add(new Document(folder.relativize(file).toString(), title, read.text(), Map.of()));
            } catch (InvalidInputException | UncheckedIOException e) {
                out.println("  left out: " + file + ": " + e.getMessage());
            }
            if (batch.size() == BATCH) {
                receipts.addAll(croft.documents().putAll(me, batch));
                batch.clear();
            }
        }
        if (!batch.isEmpty()) {
            receipts.addAll(croft.documents().putAll(me, batch));
        }
        if (receipts.isEmpty()) {
            throw new InvalidInputException("no .txt or .md file with text in " + folder.toAbsolutePath());
        }
        out.println(receipts.size() + " documents stored; the queue now cuts, embeds and indexes them:");
        new Ingestion(croft, out).await(List.of(new Ingestion.Written(me, receipts)));
        receipts.forEach(receipt -> Quickstart.waitFor(croft, me, receipt));
    }

    void ask(String question) {
        new Answers(croft, Map.of(me.org(), "You"), out).ask(me, question);
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new InvalidInputException("croft.demo.folder: " + folder.toAbsolutePath() + " is not a folder");
        }
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile).filter(OwnFolder::isText).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the folder " + folder, e);
        }
    }

    private static boolean isText(Path file) {
        String name = Objects.requireNonNull(file.getFileName()).toString().toLowerCase(Locale.ROOT);
        return name.endsWith(".txt") || name.endsWith(".md");
    }
}
