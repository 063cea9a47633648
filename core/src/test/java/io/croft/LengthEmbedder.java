package io.croft;

import io.croft.content.Embedder;
import io.croft.content.EmbeddingModel;
import java.util.List;

/** Texts of one length mean the same to it. */
class LengthEmbedder implements Embedder {

    @Override
    public EmbeddingModel model() {
        return new EmbeddingModel("length", 2, 0);
    }

    @Override
    public List<float[]> embed(List<String> texts) {
        return texts.stream().map(text -> {
            double angle = text.length() % 90 * Math.PI / 180;
            return new float[]{(float) Math.cos(angle), (float) Math.sin(angle)};
        }).toList();
    }
}
