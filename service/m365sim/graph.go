package m365sim

import "net/http"

// graph answers nothing yet.
func (s *Server) graph() http.Handler { return http.NotFoundHandler() }
