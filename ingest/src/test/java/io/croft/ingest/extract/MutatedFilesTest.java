package io.croft.ingest.extract;

import static org.assertj.core.api.Assertions.assertThat;

import io.croft.ingest.extract.Outcome.Status;
import io.croft.spi.contract.Seed;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real files, damaged at random: each ends with a text or with a reason and a remedy, and none ends this process.
 * {@code -Dcroft.mutations=20000} reads so many.
 */
class MutatedFilesTest {

    private static final int FILES = Integer.getInteger("croft.mutations", 5_000);
    private static final int AT_ONCE = 2;

    @TempDir
    private Path folder;

    @Test
    void extract_givesEveryDamagedFileAnOutcome() throws Exception {
        Random random = Seed.random("extract_givesEveryDamagedFileAnOutcome");
        List<Sample> samples = new ArrayList<>(PdfSamples.all());
        samples.addAll(OfficeSamples.all());
        samples.addAll(TextSamples.all());
        samples.addAll(ImageSamples.all());
        List<Callable<Status>> reads = new ArrayList<>();
        Map<Status, Integer> ends = new EnumMap<>(Status.class);
        ExtractionLimits limits = ExtractionLimits.DEFAULT.withCpuTime(Duration.ofSeconds(20))
                .withInflatedBytes(64 << 20);
        try (Extractor extractor = Extractor.builder().scratch(folder).processes(AT_ONCE).filesPerProcess(1_000)
                .limits(limits).open(); ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE)) {
            for (int i = 0; i < FILES; i++) {
                Sample sample = samples.get(random.nextInt(samples.size()));
                long seed = random.nextLong();
                reads.add(() -> read(extractor, sample, seed));
            }

            for (Future<Status> end : callers.invokeAll(reads)) {
                ends.merge(end.get(), 1, Integer::sum);
            }
        }
        assertThat(ends.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(FILES);
        assertThat(ends.get(Status.EXTRACTED)).as("%s", ends).isPositive();
        assertThat(ends.get(Status.DAMAGED)).as("%s", ends).isPositive();
    }

    private static Status read(Extractor extractor, Sample sample, long seed) throws Exception {
        byte[] content = mutate(sample.content(), new Random(seed));

        Extraction extraction = extractor.extract(new ByteArrayInputStream(content),
                ExtractionRequest.of(sample.name()).withOcr(Ocr.LATER));

        Outcome outcome = extraction.outcome();
        if (outcome.status() == Status.EXTRACTED) {
            assertThat(extraction.text()).as("%s, seed %s", sample, seed).isNotBlank();
        } else {
            assertThat(outcome.reason()).as("%s, seed %s", sample, seed).isNotBlank();
            assertThat(outcome.remedy()).as("%s, seed %s", sample, seed).isNotBlank();
        }
        return outcome.status();
    }

    /** Damages a file in one to four places. */
    private static byte[] mutate(byte[] original, Random random) {
        byte[] content = original.clone();
        for (int i = random.nextInt(4); i >= 0 && content.length > 1; i--) {
            content = mutateOnce(content, random);
        }
        return content;
    }

    private static byte[] mutateOnce(byte[] content, Random random) {
        int at = random.nextInt(content.length);
        int length = 1 + random.nextInt(Math.min(64, content.length - at));
        switch (random.nextInt(6)) {
            case 0 -> content[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> Arrays.fill(content, at, at + length, (byte) random.nextInt(256));
            case 2 -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                System.arraycopy(noise, 0, content, at, length);
            }
            case 3 -> {
                return Arrays.copyOf(content, at + 1);
            }
            case 4 -> {
                byte[] longer = new byte[content.length + length];
                System.arraycopy(content, 0, longer, 0, at + length);
                System.arraycopy(content, at, longer, at + length, content.length - at);
                return longer;
            }
            default -> {
                int from = random.nextInt(content.length - length + 1);
                System.arraycopy(content, from, content, at, length);
            }
        }
        return content;
    }
}
