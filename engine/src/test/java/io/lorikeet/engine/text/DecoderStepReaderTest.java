package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lorikeet.engine.error.ErrorCode;
import java.io.UncheckedIOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DecoderStepReaderTest {
  private static final String BYTES = "{'type':'ByteFallback'}";

  @Test
  void nestedSequencesAreOneListOfSteps() {
    assertEquals(
        List.of(
            new DecoderStep.Replace("▁", " "),
            new DecoderStep.ByteFallback(),
            new DecoderStep.Fuse(),
            new DecoderStep.Strip(' ', 1, 0)),
        read(
            "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},"
                + "'content':' '},{'type':'Sequence','decoders':["
                + BYTES
                + ",{'type':'Fuse'}]},{'type':'Strip','content':' ','start':1,'stop':0}]}"));
  }

  @Test
  void tokensWithoutADecoderAreSeparatedBySpaces() {
    assertEquals(List.of(new DecoderStep.Separate()), read("null"));
  }

  @Test
  void metaspaceKeepsTheFirstSpaceOnlyWhereItIsNeverPrepended() {
    String head = "{'type':'Metaspace','replacement':'▁',";
    assertEquals(
        List.of(new DecoderStep.Metaspace('▁', true)), read(head + "'prepend_scheme':'first'}"));
    assertEquals(
        List.of(new DecoderStep.Metaspace('▁', false)), read(head + "'prepend_scheme':'never'}"));
    assertEquals(
        List.of(new DecoderStep.Metaspace('▁', false)), read(head + "'add_prefix_space':false}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'type':'CTC'}",
        "{'type':'Sequence'}",
        "{'type':'Replace','pattern':{'Regex':'a'},'content':''}",
        "{'type':'Replace','pattern':{'String':''},'content':''}",
        "{'type':'Strip','content':'ab','start':1,'stop':0}",
        "{'type':'Strip','content':' ','start':-1,'stop':0}",
        "{'type':'Strip','content':' ','start':1.5,'stop':0}",
        "{'type':'WordPiece','prefix':'##','cleanup':'yes'}",
        "{'type':'BPEDecoder','suffix':''}",
        "{'type':'Sequence','decoders':[{'type':'Fuse'},{'type':'ByteFallback'}]}",
        "{'type':'Sequence','decoders':[{'type':'Fuse'},"
            + "{'type':'Replace','pattern':{'String':'ab'},'content':''}]}"
      })
  void decoderThatCantRunTokenByTokenIsRefused(String json) {
    TextFixtures.assertCode(ErrorCode.MODEL_TOKENIZER_INVALID, () -> read(json));
  }

  private static List<DecoderStep> read(String json) {
    try {
      return DecoderStepReader.read(new ObjectMapper().readTree(json.replace('\'', '"')));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
