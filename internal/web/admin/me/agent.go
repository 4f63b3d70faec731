package me

import "strings"

// device says in two words what a browser says of itself in a line; the agent is cut at 100 bytes, which is enough for the
// system, and mostly for the browser.
func device(v view, agent string) string {
	browser, system := first(agent, browsers()), first(agent, systems())
	switch {
	case browser != "" && system != "":
		return browser + v.T("（", " (") + system + v.T("）", ")")
	case system != "":
		return system
	case browser != "":
		return browser
	}
	return v.T("不明な端末", "Unknown device")
}

// browsers and systems are in the order in which they must be looked for: many name others, too.
func browsers() [][2]string {
	return [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Version/", "Safari"}, {"curl/", "curl"}, {"Go-http-client", "Go"}}
}

func systems() [][2]string {
	return [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
}

func first(agent string, of [][2]string) string {
	for _, o := range of {
		if strings.Contains(agent, o[0]) {
			return o[1]
		}
	}
	return ""
}
