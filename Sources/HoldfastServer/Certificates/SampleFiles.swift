/// The texts of the files that `holdfast init` writes.
package enum SampleFiles {
    /// Every setting with its default and one line of documentation; the sample sale is loaded.
    package static func configuration() -> String {
        var text = """
            # Settings of the Holdfast server; each line shows the default unless it says otherwise.
            # Flags (--stock-port 7443) win over variables (HOLDFAST_STOCK_PORT), those over this file.
            # Relative paths start at this file's folder. Unknown settings are errors.
            # Check it with: holdfast check-config --config <this file>

            """
        var section = ""
        for setting in SettingsTable.all {
            let parts = setting.name.split(separator: ".").map(String.init)
            if parts[0] != section {
                text += parts.count > 1 ? "\n\(parts[0]):\n" : "\n"
            }
            section = parts[0]
            let indent = parts.count > 1 ? "  " : ""
            text += "\(indent)# \(setting.documentation)\n"
            text += Self.line(setting, name: parts[parts.count - 1], indent: indent)
        }
        return text
    }

    private static func line(_ setting: Setting, name: String, indent: String) -> String {
        switch setting.shape {
        case .scalar:
            if setting.name == "admission.rules" {
                return "\(indent)# (Default: the same rules, built in.)\n"
                    + "\(indent)\(name): \(DevelopmentDirectory.rulesFileName)\n"
            }
            let text = setting.defaultText.isEmpty ? "\"\"" : setting.defaultText
            return "\(indent)\(name): \(text)\n"
        case .list:
            var entries = setting.defaultText.split(separator: ",").map { entry in
                String(entry.drop { $0 == " " })
            }
            var text = ""
            if setting.name == "data.sales" {
                text += "\(indent)# (Default: none.)\n"
                entries = ["sample-sale.json"]
            }
            text += "\(indent)\(name):\(entries.isEmpty ? " []" : "")\n"
            for entry in entries { text += "\(indent)  - \"\(entry)\"\n" }
            return text
        }
    }

    /// A sale with fixed ids that is open at once.
    package static func sale(startsAtMilliseconds: Int64, endsAtMilliseconds: Int64) -> String {
        """
        {
          "sale_id": "sale-1",
          "name": "Sample sale",
          "state": "OPEN",
          "starts_at_ms": \(startsAtMilliseconds),
          "ends_at_ms": \(endsAtMilliseconds),
          "currency": "EUR",
          "hold_ms": 600000,
          "limit_per_user": 5,
          "products": [
            {
              "product_id": "sku-1",
              "name": "Limited sneaker",
              "total": 1000,
              "price_minor": 12900,
              "limit_per_user": 1,
              "state": "OPEN"
            },
            {
              "product_id": "sku-2",
              "name": "Concert ticket",
              "total": 500,
              "price_minor": 8900,
              "limit_per_user": 4,
              "state": "OPEN"
            },
            {
              "product_id": "sku-3",
              "name": "Poster",
              "total": 10000,
              "price_minor": 1500,
              "limit_per_user": 0,
              "state": "OPEN"
            }
          ],
          "purchases": []
        }

        """
    }
}
