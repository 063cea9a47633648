package io.croft.benchmarks.crash;

import io.croft.benchmarks.run.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;

/**
 * Where the indexes of a killed process stood, and where the logs stand: what one needs to know to explain a
 * difference.
 *
 * @param commits each generation's folder with the user data of its last commit
 */
record CrashEvidence(Map<Path, Map<String, String>> commits) {

    private static final String LAST_CHANGES = """
            SELECT c.org_id || ' ' || c.seq || ' ' || c.change_id || ' ' || c.document_id || ' at ' || c.at
              || ', now revision ' || d.revision || ', written ' || coalesce(d.written_revision::text, 'none')
            FROM croft.change c JOIN croft.document d ON d.org_id = c.org_id AND d.id = c.document_id
            WHERE c.at > now() - interval '1 minute' ORDER BY c.org_id, c.seq
            """;

    CrashEvidence {
        commits = Map.copyOf(commits);
    }

    /** What the folder of a process that is no more says. */
    static CrashEvidence of(Path root) {
        Map<Path, Map<String, String>> commits = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            List<Path> generations = files.filter(file -> file.getFileName().toString().startsWith("segments_"))
                    .map(file -> file.toAbsolutePath().getParent()).distinct().toList();
            for (Path generation : generations) {
                try (Directory directory = FSDirectory.open(generation)) {
                    commits.put(generation, Map.copyOf(SegmentInfos.readLatestCommit(directory).getUserData()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the folder of the killed process cannot be read", e);
        }
        return new CrashEvidence(commits);
    }

    /** The commits, and the private logs' last minute. */
    List<String> with(Database database) {
        List<String> lines = new ArrayList<>();
        commits.forEach((folder, data) -> lines.add("before the restart " + folder + " stood at " + data));
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(LAST_CHANGES)) {
            while (rows.next()) {
                lines.add("change " + rows.getString(1));
            }
        } catch (SQLException e) {
            throw new IllegalStateException("the change logs cannot be read: " + e.getMessage(), e);
        }
        return lines;
    }
}
