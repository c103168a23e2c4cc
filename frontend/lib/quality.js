// A button of the player that chooses between the picture sizes of an HLS source.

export function addQualityButton(videojs, player, { label, auto }) {
  const levels = player.qualityLevels?.();
  if (!levels) return;
  const MenuButton = videojs.getComponent("MenuButton");
  const MenuItem = videojs.getComponent("MenuItem");

  class QualityItem extends MenuItem {
    constructor(owner, { name, height, button }) {
      super(owner, { label: name, selectable: true, selected: height === 0 });
      this.height = height;
      this.button = button;
    }

    handleClick() {
      for (let index = 0; index < levels.length; index += 1) {
        levels[index].enabled = this.height === 0 || levels[index].height === this.height;
      }
      for (const item of this.button.items) item.selected(item === this);
    }
  }

  class QualityButton extends MenuButton {
    constructor(owner) {
      super(owner, {});
      this.controlText(label);
      this.addClass("vjs-quality");
      this.el().querySelector(".vjs-icon-placeholder").textContent = "HD";
    }

    createItems() {
      const heights = [...new Set([...levels].map((level) => level.height))].filter(Boolean).sort((a, b) => b - a);
      const choice = (name, height) => new QualityItem(this.player(), { name, height, button: this });
      return heights.length > 1 ? [choice(auto, 0), ...heights.map((height) => choice(`${height}p`, height))] : [];
    }
  }

  const bar = player.controlBar;
  const button = new QualityButton(player);
  if (!button.items?.length) return button.dispose();
  bar.addChild(button, {}, Math.max(0, bar.children().length - 2));
}
