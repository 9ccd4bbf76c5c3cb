package io.lorikeet.engine.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every kind of decoder against the library, over tokens made to be awkward for each of them. Left
 * out is a Strip that may take more off an end than a token has: there the library ends the
 * process.
 */
final class DecoderKindsTest {
  private static final List<String> TOKENS =
      List.of(
          "u", "a", "▁", "▁▁", "▁b", "b▁", "▁c▁", " ", "  d", "e  ", "f</w>", "</w>", "g</w>h",
          "##i", "##", "j##", ".", "'s", "n't", "do", "not", "xx", "x", "xxx", "<0x41>", "é", "🦜");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "{'type':'BPEDecoder','suffix':'</w>'}",
        "{'type':'WordPiece','prefix':'##','cleanup':true}",
        "{'type':'WordPiece','prefix':'##','cleanup':false}",
        "{'type':'Metaspace','replacement':'▁','prepend_scheme':'always','split':true}",
        "{'type':'Metaspace','replacement':'▁','prepend_scheme':'first','split':false}",
        "{'type':'Metaspace','replacement':'▁','prepend_scheme':'never','split':true}",
        "{'type':'Fuse'}",
        "{'type':'ByteLevel','add_prefix_space':true,'trim_offsets':true,'use_regex':true}",
        "{'type':'Strip','content':'▁','start':1,'stop':0}",
        "{'type':'Strip','content':' ','start':0,'stop':1}",
        "{'type':'Strip','content':'x','start':2,'stop':0}",
        "{'type':'Replace','pattern':{'String':'xx'},'content':'y'}",
        "{'type':'Sequence','decoders':[{'type':'ByteFallback'},{'type':'Fuse'},"
            + "{'type':'Replace','pattern':{'String':'x'},'content':''}]}",
        "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},"
            + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
            + "{'type':'Strip','content':' ','start':1,'stop':0}]}",
        "{'type':'Sequence','decoders':[{'type':'Fuse'},"
            + "{'type':'Strip','content':'x','start':2,'stop':0}]}"
      })
  void piecesJoinToWhatTheLibraryDecodes(String decoder) {
    TextFixtures.write(folder.resolve("tokenizer.json"), tokenizer(decoder.replace('\'', '"')));
    SplittableRandom random = new SplittableRandom(7);
    try (TextModel model = TextFixtures.model(folder)) {
      DjlTokenizer library = (DjlTokenizer) model.tokenizer();
      for (int round = 0; round < 500; round++) {
        int[] ids = random.ints(random.nextInt(7), 0, TOKENS.size()).toArray();
        Detokenizer detokenizer = model.detokenizers().create(new int[0], false);
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
          text.append(detokenizer.push(id));
        }
        text.append(detokenizer.flush());
        assertEquals(
            library.decodeByLibrary(ids, false),
            text.toString(),
            () -> IntStream.of(ids).mapToObj(TOKENS::get).toList().toString());
      }
    }
  }

  @Test
  void stripThatTakesMoreThanATokenHasLeavesNothing() {
    StringBuilder out = new StringBuilder();
    DecodeStage strip = Stages.chain(List.of(new DecoderStep.Strip('x', 1, 2)), out);
    for (String token : new String[] {"x", "", "xx", "xaxxx", "xxx"}) {
      strip.begin();
      strip.append(token);
      strip.end();
    }
    strip.finish();
    assertEquals("ax", out.toString());
  }

  private static String tokenizer(String decoder) {
    String vocab =
        IntStream.range(0, TOKENS.size())
            .mapToObj(id -> "\"%s\": %d".formatted(TOKENS.get(id), id))
            .collect(Collectors.joining(", "));
    return """
    {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
     "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": %s,
     "model": {"type": "WordLevel", "vocab": {%s}, "unk_token": "u"}}
    """
        .formatted(decoder, vocab);
  }
}
