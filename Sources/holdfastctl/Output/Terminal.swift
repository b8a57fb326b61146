import Glibc

/// Standard output for data, standard error for everything else.
enum Terminal {
    static func output(_ text: String) {
        self.write(text, to: STDOUT_FILENO)
    }

    /// One line for a person.
    static func note(_ text: String) {
        self.write(text + "\n", to: STDERR_FILENO)
    }

    /// Rewrites one line on standard error, if that is a terminal.
    static func progress(_ text: String) {
        guard self.showsProgress else { return }
        self.write("\r\u{1B}[K" + text, to: STDERR_FILENO)
    }

    /// Removes the progress line.
    static func endProgress() {
        self.progress("")
    }

    /// A question that y answers with yes. Without a terminal the answer is no, and `hint` says what to do.
    static func ask(_ question: String, hint: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else {
            self.note("holdfastctl: nobody is there to ask; \(hint)")
            return false
        }
        self.write(question, to: STDERR_FILENO)
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    static var showsProgress: Bool { isatty(STDERR_FILENO) == 1 }

    static var environment: [String: String] {
        var result: [String: String] = [:]
        for name in [
            "HOLDFAST_STOCK_ENDPOINT", "HOLDFAST_ADMIN_ENDPOINT", "HOLDFAST_CA",
            "HOLDFAST_CERTIFICATE", "HOLDFAST_KEY", "HOLDFAST_TIMEOUT_MS",
        ] {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if errno != EINTR {
                // A reader that has left, like `head`, wants no more.
                return
            }
        }
    }
}
