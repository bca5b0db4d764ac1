<?php
class Unggah extends CI_Controller
{
    public function simpan()
    {
        $config["upload_path"] = "./unggahan/";
        $config["allowed_types"] = "jpg|png|pdf";
        $this->load->library("upload", $config);
        $this->db->where("nama", $this->input->post("nama"));
        $this->output->set_output("Tersimpan: " . html_escape($this->input->post("nama")));
    }

    public function ambil()
    {
        force_download("./unggahan/" . basename($this->input->get("nama")), null);
    }
}
