// The floor: a window that holds a web view with 200 paragraphs, and nothing else. What it costs is the system's.
#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

static const int PARAGRAPHS = 200;

int main(int argc, char **argv) {
  gtk_init(&argc, &argv);
  GtkWidget *window = gtk_window_new(GTK_WINDOW_TOPLEVEL);
  gtk_window_set_title(GTK_WINDOW(window), "Bare");
  gtk_window_set_default_size(GTK_WINDOW(window), 1200, 800);
  GtkWidget *view = webkit_web_view_new();
  gtk_container_add(GTK_CONTAINER(window), view);
  g_signal_connect(window, "destroy", G_CALLBACK(gtk_main_quit), NULL);
  GString *page = g_string_new("<!doctype html><title>Bare</title><body style='background:#fff;color:#000'>");
  for (int n = 0; n < PARAGRAPHS; n++) {
    g_string_append_printf(page, "<p>Paragraph %d: a line of text as long as such lines are on a page that is read.</p>", n);
  }
  webkit_web_view_load_html(WEBKIT_WEB_VIEW(view), page->str, NULL);
  g_string_free(page, TRUE);
  gtk_widget_show_all(window);
  gtk_main();
  return 0;
}
