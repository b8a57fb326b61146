/// The blacklist, port 7444: as all calls of AdminService.
extension HoldfastClient {
    /// Adds up to 100 entries, all or none, once a request id. A wide range needs `confirmWide`: without it the answer is
    /// CONFIRMATION_NEEDED and nothing changes.
    public func blacklistAdd(
        _ request: BlacklistAddRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> BlacklistAddResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Removes up to 100 entries, once a request id.
    public func blacklistRemove(
        _ request: BlacklistRemoveRequest, timeout: Duration? = nil
    ) async throws(HoldfastError) -> BlacklistRemoveResponse {
        try await self.perform(request, timeout: timeout)
    }

    /// Lists entries by id, at most 100 an answer, or those of given values.
    public func blacklistList(
        _ request: BlacklistListRequest = BlacklistListRequest(), timeout: Duration? = nil
    ) async throws(HoldfastError) -> BlacklistListResponse {
        try await self.perform(request, timeout: timeout)
    }
}
