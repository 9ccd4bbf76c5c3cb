package io.lorikeet.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Embeddings of openai-java. */
class EmbeddingsTest {
  private static EmbeddingCreateParams.Builder embedding() {
    return EmbeddingCreateParams.builder().model("demo").input("a lighthouse by the sea");
  }

  private static List<Float> vector(EmbeddingCreateParams params) {
    CreateEmbeddingResponse response = Servers.demo().embeddings().create(params).validate();
    assertEquals(1, response.data().size());
    return response.data().getFirst().embedding();
  }

  @Test
  void aTextBecomesTheSameVectorInBothEncodings() {
    List<Float> floats =
        vector(embedding().encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT).build());

    assertEquals(256, floats.size());
    assertEquals(
        floats,
        vector(embedding().encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64).build()));
    assertEquals(floats, vector(embedding().build()));
  }

  @Test
  void anAdapterGivesAnotherVector() {
    assertNotEquals(vector(embedding().build()), vector(embedding().model("pirate").build()));
  }
}
