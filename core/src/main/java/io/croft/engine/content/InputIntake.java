package io.croft.engine.content;

import io.croft.InvalidInputException;
import io.croft.Org;
import io.croft.intake.Upload;
import io.croft.job.JobKey;
import io.croft.job.JobKind;
import io.croft.search.Source;
import io.croft.spi.Chunk;
import io.croft.spi.Content;
import io.croft.spi.ContentStore;
import io.croft.spi.FileIntake;
import io.croft.spi.InputStore;
import io.croft.spi.InputStore.Accepted;
import io.croft.spi.InputStore.File;
import io.croft.spi.InputStore.Input;
import io.croft.spi.Processors;
import io.croft.spi.Sight;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** Takes texts and files into the store, for whoever has passed the gate. Thread-safe. */
public final class InputIntake implements FileIntake {

    private final InputStore inputs;
    private final ContentStore content;
    private final IngestSettings settings;

    /** Takes them into these parts of one store. */
    public InputIntake(InputStore inputs, ContentStore content, IngestSettings settings) {
        this.inputs = inputs;
        this.content = content;
        this.settings = settings;
    }

    /** Takes a text in, which has been checked. */
    Accepted accept(Org org, Sight sight, Source source, Content text) {
        ContentIntake.requireSeen(sight, text);
        Input input = new Input(source, InputHash.of(settings.modelId(), text, Optional.empty()), Optional.empty(),
                text);
        return accept(org, sight, input, Processors.EMBED, Optional.empty());
    }

    /**
     * Takes a text in with its vector, which have been checked.
     *
     * @throws InvalidInputException if the vector is not of the model's length
     */
    Accepted load(Org org, Sight sight, Source source, Content text, float[] vector) {
        ContentIntake.requireSeen(sight, text);
        if (vector.length != settings.dimensions()) {
            throw new InvalidInputException("the vector of \"" + text.id() + "\" has " + vector.length
                    + " dimensions, the embedding model " + settings.modelId() + " has " + settings.dimensions()
                    + ": leave it out, or start with the model that made it");
        }
        Input input = new Input(source, InputHash.of(settings.modelId(), text, vector), Optional.empty(), text);
        Accepted accepted = inputs.load(org.id(), input, settings.modelId(),
                List.of(new Chunk(0, 0, text.text().length(), text.text(), vector)), sight);
        if (!accepted.unchanged()) {
            settings.afterDelete().run();
        }
        return accepted;
    }

    @Override
    public Accepted accept(Org org, Sight sight, Upload upload, InputStream stream) throws IOException {
        Content given = new Content(upload.id(), upload.title(), "", upload.fields(), upload.groups());
        settings.check().check(given);
        ContentIntake.requireSeen(sight, given);
        settings.beforeFile().accept(org);
        File file = new File(settings.blobs().put(org, stream, settings.maxFileBytes()), upload.name(), upload.type());
        Input input = new Input(upload.source(), InputHash.of(settings.modelId(), given, Optional.of(file)),
                Optional.of(file), given);
        // In a space of their own: a key of a host's job means no upload, and the other way round.
        return accept(org, sight, input, Processors.EXTRACT,
                upload.key().map(key -> JobKey.OWN_PREFIX + "input." + InputHash.of(key)));
    }

    private Accepted accept(Org org, Sight sight, Input input, JobKind kind, Optional<String> key) {
        Accepted accepted = inputs.accept(org.id(), input, kind, key, sight);
        if (!accepted.unchanged()) {
            wake(kind);
        }
        return accepted;
    }

    /** Has the queue of a kind looked at. */
    void wake(JobKind kind) {
        settings.wake().accept(kind.queue());
    }

    /** The embedding model's id. */
    String modelId() {
        return settings.modelId();
    }

    @Override
    public void delete(Org org, Sight sight, Source source, String id) {
        content.delete(org.id(), source, id, sight);
        settings.afterDelete().run();
    }
}
