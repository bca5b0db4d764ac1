localStorage.setItem("bahasa", "id");
sessionStorage.setItem("halaman", "3");
