"""The parts that deal with effects of lanes: the rack, the prints, and the process of effects that both use."""

from flowsep_ui.studio.panel_directory import PanelDirectory
from flowsep_ui.studio_model import StudioModel
from flowsep_ui.tasks import DaemonTasks, TaskRunner
from PyQt6.QtCore import QObject

from flowsep_plugin.effects import EffectHost

from .effect_rack import EffectRack
from .stem_prints import StemPrints


class LaneEffects(QObject):
    """Owner of `rack` and `prints`; a slot that cannot be printed is switched off in the rack."""

    def __init__(
        self, model: StudioModel, tasks: TaskRunner, directory: PanelDirectory, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._host = EffectHost()
        self._long_tasks = DaemonTasks(self)
        self.rack = EffectRack(model, self._long_tasks, self._host, self)
        self.prints = StemPrints(model, tasks, directory.scratch / "prints", self._host, self)
        self.prints.slot_failed.connect(self.rack.report)

    def close(self) -> None:
        """Stop scans, prints and editors and end the process of effects."""
        self.prints.close()
        self.rack.close()
        self._long_tasks.close()
