package io.lorikeet.engine.format.peft;

import static io.lorikeet.engine.error.ErrorCode.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lorikeet.engine.adapter.AdapterImage;
import io.lorikeet.engine.error.ErrorCode;
import io.lorikeet.engine.error.LorikeetException;
import io.lorikeet.engine.format.Fixtures;
import io.lorikeet.engine.model.LoadedModel;
import io.lorikeet.engine.model.ModelFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class GoldenAdaptersTest {
  /** The golden adapters that are refused by name, and how; all others are served. */
  private static final Map<String, ErrorCode> REFUSED =
      Map.ofEntries(
          Map.entry("llama/boft", ADAPTER_TYPE_UNSUPPORTED),
          Map.entry("llama/oft", ADAPTER_TYPE_UNSUPPORTED),
          Map.entry("llama/olora", ADAPTER_BASE_MODIFIED),
          Map.entry("llama/pissa", ADAPTER_BASE_MODIFIED),
          Map.entry("llama/prefix-tuning", ADAPTER_TYPE_UNSUPPORTED),
          Map.entry("llama/prompt-tuning", ADAPTER_TYPE_UNSUPPORTED));

  @Test
  void everyGoldenAdapterIsServedOrRefusedByName() {
    Map<String, ErrorCode> refused = new TreeMap<>();
    List<String> served = new ArrayList<>();
    Map<String, LoadedModel> models = new HashMap<>();
    for (String name : names()) {
      Path adapter = folder(name);
      LoadedModel model =
          models.computeIfAbsent(
              name.substring(0, name.indexOf('/')),
              model1 -> ModelFolder.load(Fixtures.path("models", model1)));
      List<String> warnings = new ArrayList<>();
      try {
        AdapterImage image =
            AdapterFolder.read(
                AdapterFolder.copy(adapter, AdapterLimits.DEFAULT), model, warnings::add);
        assertEquals(model.spec().layers(), image.layers().size(), name);
        boolean layers = image.layers().stream().anyMatch(layer -> !layer.isEmpty());
        assertTrue(
            layers
                || !image.embedding().isNone()
                || !image.head().isNone()
                || !image.norms().isNone(),
            name);
        assertTrue(image.bytes() > 0, name);
        assertEquals(List.of(), warnings, name);
        served.add(name);
      } catch (LorikeetException e) {
        refused.put(name, e.code());
      }
    }
    assertEquals(new TreeMap<>(REFUSED), refused);
    assertFalse(served.isEmpty());
  }

  private static Path folder(String name) {
    int slash = name.indexOf('/');
    return Fixtures.path("models", name.substring(0, slash), "adapters", name.substring(slash + 1));
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>();
    for (String model : Fixtures.folders(Fixtures.path("models"))) {
      Fixtures.folders(Fixtures.path("models", model, "adapters"))
          .forEach(adapter -> names.add(model + "/" + adapter));
    }
    return names;
  }
}
