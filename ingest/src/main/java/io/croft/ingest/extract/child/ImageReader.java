package io.croft.ingest.extract.child;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageInputStream;

/**
 * Reads images: each is a page. They are decoded here and written anew, so that what recognises their text, which is
 * native code, sees none that came from outside.
 */
final class ImageReader implements FormatReader {

    @Override
    public void read(Path file, String type, Reading reading) throws IOException, InterruptedException {
        ImageIO.setUseCache(false);
        try (ImageInputStream in = ImageIO.createImageInputStream(file.toFile())) {
            if (in == null) {
                throw new IOException("no image");
            }
            Iterator<javax.imageio.ImageReader> decoders = ImageIO.getImageReaders(in);
            if (!decoders.hasNext()) {
                throw new IOException("no image of a known format");
            }
            read(decoders.next(), in, reading);
        }
    }

    private static void read(javax.imageio.ImageReader decoder, ImageInputStream in, Reading reading)
            throws IOException, InterruptedException {
        try {
            // What stands beside the pixels is not looked at.
            decoder.setInput(in, false, true);
            int images = Math.max(1, decoder.getNumImages(true));
            reading.pages(images);
            for (int i = 0; i < images; i++) {
                reading.writer().page(i + 1);
                reading.pixels(decoder.getWidth(i), decoder.getHeight(i));
                if (reading.readsImages()) {
                    reading.image(decoder.read(i), i + 1);
                } else {
                    reading.writer().pageWithoutText(i + 1);
                }
            }
        } finally {
            decoder.dispose();
        }
    }
}
