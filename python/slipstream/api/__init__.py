"""
The EMS-facing API: `/v1` over HTTP and WebSocket, mounted in the scorecard's server. `auth` (roles, scopes, credentials) and `store`
(principals, keys, entitlement rules, audit) also serve the page's login.
"""
