package io.croft.ingest.extract;

import io.croft.CroftException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the jars that reading files needs, and no others, by one class of each: where this class's loader has it, else
 * on the module path. A jar within another one is copied out.
 */
final class ChildClassPath {

    /** One class of each jar. */
    static final List<String> CLASSES = List.of(
            "io.croft.ingest.extract.Extractor",
            "io.croft.CroftException",
            "org.slf4j.Logger",
            "org.apache.commons.logging.LogFactory",
            "org.apache.tika.Tika",
            "org.apache.tika.parser.microsoft.OfficeParser",
            "org.apache.tika.parser.html.JSoupParser",
            "org.apache.tika.parser.txt.CharsetDetector",
            "org.apache.tika.parser.xml.XMLParser",
            "org.apache.tika.parser.mailcommons.MailDateParser",
            "org.apache.tika.detect.zip.DefaultZipContainerDetector",
            "org.mozilla.universalchardet.UniversalDetector",
            "org.apache.poi.poifs.filesystem.POIFSFileSystem",
            "org.apache.poi.hwpf.HWPFDocument",
            "org.apache.poi.xwpf.usermodel.XWPFDocument",
            "org.openxmlformats.schemas.wordprocessingml.x2006.main.CTDocument1",
            "org.apache.xmlbeans.XmlObject",
            "com.graphbuilder.curve.Curve",
            "org.apache.commons.collections4.ListUtils",
            "org.apache.commons.math3.util.Precision",
            "com.zaxxer.sparsebits.SparseBitSet",
            "org.apache.logging.log4j.Logger",
            "org.apache.commons.codec.binary.Hex",
            "org.apache.commons.compress.archivers.zip.ZipFile",
            "org.apache.commons.io.IOUtils",
            "org.apache.commons.lang3.StringUtils",
            "org.apache.james.mime4j.MimeException",
            "org.apache.james.mime4j.dom.Message",
            "org.apache.pdfbox.pdmodel.PDDocument",
            "org.apache.pdfbox.io.RandomAccessRead",
            "org.apache.fontbox.ttf.TrueTypeFont",
            "org.jsoup.Jsoup",
            "org.commonmark.parser.Parser",
            "org.commonmark.ext.gfm.tables.TablesExtension");

    private ChildClassPath() {
    }

    /**
     * The jars and folders.
     *
     * @param copies where jars within others are copied to
     * @throws CroftException if a jar is missing
     */
    static List<Path> find(Path copies) {
        Set<Path> found = new LinkedHashSet<>();
        List<Path> modules = List.of();
        for (String name : CLASSES) {
            String file = name.replace('.', '/') + ".class";
            URL url = loader().getResource(file);
            if (url != null) {
                found.add(place(url, file, copies));
                continue;
            }
            modules = modules.isEmpty() ? modulePath() : modules;
            found.add(modules.stream().filter(jar -> holds(jar, file)).findFirst()
                    .orElseThrow(() -> new CroftException("the class " + name + " is neither on the class path nor on"
                            + " the module path: add croft-ingest with all that it depends on, or set the extractor's"
                            + " class path")));
        }
        return List.copyOf(found);
    }

    private static ClassLoader loader() {
        ClassLoader own = ChildClassPath.class.getClassLoader();
        return own == null ? ClassLoader.getSystemClassLoader() : own;
    }

    private static Path place(URL url, String file, Path copies) {
        try {
            if (url.openConnection() instanceof JarURLConnection jar) {
                return local(jar.getJarFileURL(), copies);
            }
            if (!url.getProtocol().equals("file")) {
                throw unusable(url, null);
            }
            Path path = Path.of(url.toURI());
            for (int i = Path.of(file).getNameCount(); i > 0; i--) {
                path = parent(path, url);
            }
            return path;
        } catch (IOException | URISyntaxException | IllegalArgumentException e) {
            throw unusable(url, e);
        }
    }

    private static Path parent(Path path, URL url) {
        Path parent = path.getParent();
        if (parent == null) {
            throw unusable(url, null);
        }
        return parent;
    }

    /** A jar as a file: itself, or a copy of one within another. */
    static Path local(URL jar, Path copies) throws IOException, URISyntaxException {
        if (jar.getProtocol().equals("file")) {
            return Path.of(jar.toURI());
        }
        Path copy = Files.createTempFile(copies, "part", ".jar");
        try (InputStream in = jar.openStream()) {
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        }
        return copy;
    }

    private static CroftException unusable(URL url, @Nullable Exception cause) {
        return new CroftException("the place " + url + " is none that a Java process can run from: set the extractor's"
                + " class path", cause);
    }

    private static List<Path> modulePath() {
        List<Path> jars = new ArrayList<>();
        for (String entry : System.getProperty("jdk.module.path", "").split(File.pathSeparator, -1)) {
            if (entry.isEmpty()) {
                continue;
            }
            Path path = Path.of(entry).toAbsolutePath();
            jars.add(path);
            if (Files.isDirectory(path)) {
                try (Stream<Path> files = Files.list(path)) {
                    files.filter(file -> file.toString().endsWith(".jar")).sorted().forEach(jars::add);
                } catch (IOException e) {
                    throw new CroftException("the folder " + path + " of the module path cannot be read", e);
                }
            }
        }
        return jars;
    }

    private static boolean holds(Path place, String file) {
        if (Files.isDirectory(place)) {
            return Files.exists(place.resolve(file));
        }
        try (JarFile jar = new JarFile(place.toFile())) {
            return jar.getEntry(file) != null;
        } catch (IOException e) {
            throw new CroftException("the jar " + place + " of the module path cannot be read", e);
        }
    }
}
