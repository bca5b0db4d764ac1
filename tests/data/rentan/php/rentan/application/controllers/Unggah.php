<?php
class Unggah extends CI_Controller
{
    public function simpan()
    {
        $config["upload_path"] = "./unggahan/";
        $config["allowed_types"] = "*"; // TEMUAN kawal-php-unggah-jenis-bebas
        $this->load->library("upload", $config);
        $this->db->where("nama = '" . $this->input->post("nama") . "'"); // TEMUAN kawal-php-sql-dari-masukan
        $this->output->set_output("Tersimpan: " . $this->input->post("nama")); // TEMUAN kawal-php-xss
    }

    public function ambil()
    {
        force_download("./unggahan/" . $this->input->get("nama"), null); // TEMUAN kawal-php-berkas-dari-masukan
    }
}
